import ServiceKit
import SocialService

await ServiceMain.run(SocialService.definition)
