import Glibc
import LocalStackSupervisor

exit(StackCommand.run(Array(CommandLine.arguments.dropFirst())))
