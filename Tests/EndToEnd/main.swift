import Glibc
import LocalStackSupervisor

exit(EndToEnd.run(Array(CommandLine.arguments.dropFirst())))
