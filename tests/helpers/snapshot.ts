/** Every file of a folder: its path, size, and when it was last written. */
export async function snapshot(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const { mtime, size } = await Deno.lstat(path);
    found.push(`${path} ${mtime?.getTime()} ${size}`);
    if (isDirectory) found.push(...await snapshot(path));
  }
  return found.sort();
}
