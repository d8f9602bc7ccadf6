import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalPath } from "../../host/canonical_path.ts";

const IS_UNIX = Deno.build.os !== "windows";

/** `folder/file`, `link` to the folder, `loop` to itself, `dangling` to nothing. */
async function withTree(use: (root: string) => void): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${root}/folder/inner`, { recursive: true });
    await Deno.writeTextFile(`${root}/folder/file`, "");
    await Deno.symlink(`${root}/folder`, `${root}/link`);
    await Deno.symlink(`${root}/folder/file`, `${root}/folder/inner/file-link`);
    await Deno.symlink(`${root}/loop`, `${root}/loop`);
    await Deno.symlink(`${root}/nothing`, `${root}/dangling`);
    use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("canonicalPath() resolves links, dots and slashes of what exists", { ignore: !IS_UNIX }, async () => {
  await withTree((root) => {
    const file = `${root}/folder/file`;
    for (const name of ["folder/file", "link/file", "folder//./file", "folder/inner/../file", "link/inner/file-link"]) {
      assertEquals(canonicalPath(`${root}/${name}`), file);
    }
    assertEquals(canonicalPath(`${root}/link/`), `${root}/folder`);
    assertEquals(canonicalPath("/"), "/");
    assertEquals(canonicalPath("/.."), "/");
  });
});

Deno.test("canonicalPath() resolves the part that exists when the whole does not", { ignore: !IS_UNIX }, async () => {
  await withTree((root) => {
    assertEquals(canonicalPath(`${root}/link/new/file`), `${root}/folder/new/file`);
    assertEquals(canonicalPath(`${root}/link/new/../file`), `${root}/folder/file`);
    assertEquals(canonicalPath(`${root}/none/a/../b`), `${root}/none/b`);
    assertEquals(canonicalPath(`${root}/folder/file/below`), `${root}/folder/file/below`);
    assertEquals(canonicalPath("/surely/not/here"), "/surely/not/here");
  });
});

Deno.test("canonicalPath() ends for links that lead nowhere", { ignore: !IS_UNIX }, async () => {
  await withTree((root) => {
    assertEquals(canonicalPath(`${root}/loop/x`), `${root}/loop/x`);
    assertEquals(canonicalPath(`${root}/dangling`), `${root}/dangling`);
  });
});

Deno.test("canonicalPath() of a canonical path is that path", { ignore: !IS_UNIX }, async () => {
  await withTree((root) => {
    const part = fc.constantFrom(
      "folder",
      "link",
      "inner",
      "file",
      "file-link",
      "new",
      "..",
      ".",
      "",
      "loop",
      "dangling",
    );
    fc.assert(fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const canonical = canonicalPath(`${root}/${parts.join("/")}`);
      assertEquals(canonicalPath(canonical), canonical);
      assertEquals(/(^|\/)\.{0,2}(\/|$)/.test(canonical.slice(1)) && canonical !== "/", false, canonical);
    }));
  });
});

Deno.test(
  "canonicalPath() looks for few of the folders of a path that is not there",
  { ignore: !IS_UNIX },
  async () => {
    await withTree((root) => {
      const real = Deno.realPathSync;
      let looks = 0;
      Deno.realPathSync = (path) => {
        looks++;
        return real(path);
      };
      try {
        const deep = "nothing/".repeat(1000);
        assertEquals(canonicalPath(`${root}/link/inner/${deep}x`), `${root}/folder/inner/${deep}x`);
        assertEquals(looks < 20, true, `${looks} looks`);
      } finally {
        Deno.realPathSync = real;
      }
    });
  },
);
