/** What is done with each file; the task that runs it can read that file and nothing else. */

/** The sum of an invoice: a file such as `{ "items": [{ "count": 2, "price": 950 }] }`, in cents. */
export async function sumOf(file: string): Promise<number> {
  const invoice: { items: { count: number; price: number }[] } = JSON.parse(await Deno.readTextFile(file));
  return invoice.items.reduce((sum, { count, price }) => sum + count * price, 0);
}
