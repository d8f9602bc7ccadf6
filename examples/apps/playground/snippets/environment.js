console.log(`my home is ${Deno.env.get("HOME")}`);
await Deno.readTextFile("/etc/passwd");
