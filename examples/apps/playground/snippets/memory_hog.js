const hoard = [];
for (;;) hoard.push(new Uint8Array(1_000_000).fill(1));
