"""How a request is read, and which form of answer it wants, by the rules of HTTP."""
