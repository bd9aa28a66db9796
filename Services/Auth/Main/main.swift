import AuthService
import ServiceKit

await ServiceMain.run(AuthService.definition)
