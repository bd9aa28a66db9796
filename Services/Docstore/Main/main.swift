// Replaced by the real entry point of Docstore.
