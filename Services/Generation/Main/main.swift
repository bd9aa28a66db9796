import GenerationService
import ServiceKit

await ServiceMain.run(GenerationService.definition)
