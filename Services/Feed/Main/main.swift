import FeedService
import ServiceKit

await ServiceMain.run(FeedService.definition)
