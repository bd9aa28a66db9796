import Glibc

// docstore-fuzz seed RECORDINGS CORPUS: writes recorded messages as the first inputs.
// docstore-fuzz [libFuzzer's options] CORPUS: runs libFuzzer.

if CommandLine.arguments.count == 4, CommandLine.arguments[1] == "seed" {
    try SeedCorpus.write(recordings: CommandLine.arguments[2], to: CommandLine.arguments[3])
} else {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(
        runDriver(&count, &arguments) { bytes, count in
            FuzzedInput.run(UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        })
}
