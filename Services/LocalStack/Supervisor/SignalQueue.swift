internal import CLinux
internal import Glibc

/// Signals read from a descriptor, one after the other, instead of interrupting.
final class SignalQueue {
    private let descriptor: Int32

    init(_ numbers: [Int32]) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        sigprocmask(SIG_BLOCK, &set, nil)
        descriptor = try retrying("signalfd") { signalfd(-1, &set, O_NONBLOCK | O_CLOEXEC) }
    }

    deinit { close(descriptor) }

    /// Returns the signals that have come, waiting for the first no longer than this.
    func wait(seconds: Double) -> Set<Int32> {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&request, 1, Int32((seconds * 1_000).rounded(.up)))
        var received: Set<Int32> = []
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(descriptor, &information, size) == size { received.insert(Int32(information.ssi_signo)) }
        return received
    }
}
