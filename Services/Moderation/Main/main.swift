import ModerationService
import ServiceKit

await ServiceMain.run(ModerationService.definition)
