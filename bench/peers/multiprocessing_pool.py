"""multiprocessing.Pool as a peer of the bench: see peer_process.ts for what it reads and writes."""

import json
import multiprocessing
import platform
import sys
import time


def square(x):
    return x * x


def say(message):
    print(json.dumps(message), flush=True)


def main():
    workers, count = int(sys.argv[1]), int(sys.argv[2])
    numbers = range(count)
    expected = [x * x for x in numbers]
    with multiprocessing.Pool(workers) as pool:
        say({"version": f"of Python {platform.python_version()}"})
        for _ in sys.stdin:
            start = time.perf_counter()
            squares = pool.map(square, numbers, chunksize=1)
            elapsed = time.perf_counter() - start
            if squares != expected:
                sys.exit("Cannot count a run whose squares are wrong")
            say({"ms": elapsed * 1000})


if __name__ == "__main__":
    main()
