import GemsService
import ServiceKit

await ServiceMain.run(GemsService.definition)
