extension Metrics {
    /// Registers the figures that every process has, under the names Prometheus' own clients use.
    package func registerProcess() {
        let startedAt = ProcessFacts.startedAtSeconds
        reading("process_start_time_seconds", help: "When the process started, in seconds since 1970.") {
            [([], startedAt)]
        }
        reading("process_cpu_seconds_total", help: "User and system time of the process.", type: "counter") {
            [([], ProcessFacts.cpuSeconds)]
        }
        reading("process_resident_memory_bytes", help: "Resident memory of the process.") {
            ProcessFacts.residentBytes.map { [([], Double($0))] } ?? []
        }
    }
}
