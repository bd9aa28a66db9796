import ServiceKit
import VotingService

await ServiceMain.run(VotingService.definition)
