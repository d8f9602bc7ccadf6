let [a, b] = [0, 1];
while (a < 100) {
  console.log(a);
  [a, b] = [b, a + b];
}
