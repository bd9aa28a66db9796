import AnalyticsService
import ServiceKit

await ServiceMain.run(AnalyticsService.definition)
