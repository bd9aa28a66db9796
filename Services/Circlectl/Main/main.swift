import CirclectlCommands
import ServiceKit

await ServiceMain.run(CirclectlCommands.definition)
