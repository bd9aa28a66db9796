/// What `docstore --help` says.
enum HelpText {
    static let text = """
        docstore: a small document server for development and tests that speaks MongoDB's wire protocol.

        usage: docstore serve --data-dir DIR [--port PORT] [--host ADDRESS] [--test-commands] [--expiry-interval SECONDS]

          --data-dir DIR      where the data is kept; made if it is not there; one process at a time
          --port PORT         27017 by default; 0 picks a free one and prints it
          --host ADDRESS      127.0.0.1 by default
          --test-commands     allow configureFailPoint (failCommand)
          --expiry-interval   seconds between two removals of expired documents, 60 by default

        It prints one line, `listening on ADDRESS:PORT`, when it is ready, and ends on SIGTERM.

        For: running and testing this suite on a machine without MongoDB, through unmodified drivers
        (mongodb://127.0.0.1:PORT/DATABASE). Where it answers it answers as MongoDB 5.0 does; an option, operator,
        stage or command that it lacks is refused by name, never ignored.

        Not for: production. One process, no replication, no sharding, no authentication, no encryption: whoever
        reaches the port may do everything. Use MongoDB there; nothing but the URL changes.

        Kept: an acknowledged write survives the death of the process; with `j: true` or `w: "majority"` a power cut.
        """
}
