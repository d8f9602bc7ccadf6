await globalThis[Symbol.for("palpable.messenger")].submit(() => {
  for (;;);
});
