import DocstoreEngine

DocstoreProgram.main()
