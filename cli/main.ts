export async function main(_: string[]): Promise<number> {
  return await Promise.resolve(0);
}
