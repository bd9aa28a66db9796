import CLinux
import Glibc

/// A thread that runs one closure, and the thread-local that says which loop it belongs to.
struct LoopThread {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The loop of the calling thread. The thread holds the reference while the loop runs.
    static var currentLoop: EventLoop? {
        get {
            guard let pointer = pthread_getspecific(key) else { return nil }
            return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
        }
        set { pthread_setspecific(key, newValue.map { Unmanaged.passUnretained($0).toOpaque() }) }
    }

    static func isCurrent(_ loop: EventLoop) -> Bool {
        pthread_getspecific(key) == Unmanaged.passUnretained(loop).toOpaque()
    }

    private final class Body {
        let run: () -> Void
        var name = ""
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    private let body: Body

    init(_ body: @escaping () -> Void) { self.body = Body(body) }

    /// Starts a detached thread; `name` is cut to the 15 bytes that Linux keeps.
    func start(named name: String) throws(SystemError) {
        var thread = pthread_t()
        body.name = String(decoding: name.utf8.prefix(15), as: UTF8.self)
        let argument = Unmanaged.passRetained(body)
        let code = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                let body = Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue()
                cl_name_thread(body.name)
                body.run()
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw SystemError(call: "pthread_create", code: code)
        }
        pthread_detach(thread)
    }
}
