// Replaced by the real entry point of LocalStack.
