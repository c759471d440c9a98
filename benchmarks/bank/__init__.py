"""Act as the machines and the counter do (模拟): over HTTP, from outside, and prove what came of it."""
