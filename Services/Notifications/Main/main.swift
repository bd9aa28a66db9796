import NotificationsService
import ServiceKit

await ServiceMain.run(NotificationsService.definition)
