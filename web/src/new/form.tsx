/** A form from the schema: what is there as fields, what could be there as words to click on. */
import { exclusive, formOf, scalar, seed, shapeOf, type JsonSchema, type Path } from "./schema.ts";
import { Absent, Add, Group } from "./group.tsx";
import { Choice, Entry, Flag, Line } from "./inputs.tsx";

export interface Editing {
  readonly set: (path: Path, value: unknown) => void;
  readonly remove: (path: Path) => void;
}

interface Props {
  readonly schema: JsonSchema;
  readonly value: unknown;
  readonly path: Path;
  readonly name: string;
  readonly required: boolean;
  readonly editing: Editing;
}

export function Field({ schema, value, path, name, required, editing }: Props) {
  const form = formOf(schema, value);
  const shape = shapeOf(form);
  const about = { name, description: schema.description ?? form.description ?? "" };
  const drop = required ? null : () => editing.remove(path);
  const change = (next: unknown) => editing.set(path, next);
  switch (shape) {
    case "mapping":
      return <Mapping schema={form} value={value} path={path} name={name} drop={drop} editing={editing} />;
    case "list":
      return <List schema={form} value={value} path={path} name={name} drop={drop} editing={editing} />;
    case "flag":
      return <Flag {...about} value={value === true} change={change} drop={drop} />;
    case "choice":
      return (
        <Choice {...about} value={shown(value)} options={(form.enum ?? []).map(String)} change={change} drop={drop} />
      );
    case "fixed":
      return null;
    case "line":
      return (
        <Line
          {...about}
          value={shown(value)}
          hint={hintOf(schema)}
          change={(text) => change(scalar(schema, text))}
          drop={drop}
        />
      );
  }
}

const shown = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";

function hintOf({ examples, default: usual }: JsonSchema): string {
  return shown(usual ?? examples?.[0]);
}

interface GroupProps extends Omit<Props, "required"> {
  readonly drop: (() => void) | null;
}

function Mapping({ schema, value, path, name, drop, editing }: GroupProps) {
  const there = value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  const known = Object.entries(schema.properties ?? {});
  const absent = known.filter(([key]) => !(key in there));
  return (
    <Group name={name} description={schema.description ?? ""} drop={drop} top={path.length < 2}>
      {known
        .filter(([key]) => key in there)
        .map(([key, own]) => (
          <Field
            key={key}
            schema={own}
            value={there[key]}
            path={[...path, key]}
            name={key}
            required={schema.required?.includes(key) ?? false}
            editing={editing}
          />
        ))}
      <Absent
        absent={absent}
        add={(key, own) => editing.set(path, { ...excluding(there, schema, key), [key]: seed(own) })}
      />
    </Group>
  );
}

/** Of keys that exclude each other the new one replaces the old. */
function excluding(there: Record<string, unknown>, schema: JsonSchema, key: string): Record<string, unknown> {
  const others = exclusive(schema);
  return others.includes(key)
    ? Object.fromEntries(Object.entries(there).filter(([known]) => !others.includes(known)))
    : there;
}

function List({ schema, value, path, name, drop, editing }: GroupProps) {
  const items = Array.isArray(value) ? (value as unknown[]) : [];
  const item = schema.items ?? {};
  const short = shapeOf(formOf(item, items[0])) === "line";
  return (
    <Group name={name} description={schema.description ?? ""} drop={drop} top={false}>
      <div className={short ? "flex flex-wrap gap-2" : "grid grid-cols-1 gap-4"}>
        {items.map((one, i) => {
          const at = [...path, i];
          // oxlint-disable-next-line react/no-array-index-key -- a list's entries have nothing but their place
          if (!short)
            return (
              <Field
                key={i}
                schema={item}
                value={one}
                path={at}
                name={`${name} ${i + 1}`}
                required={items.length === 1}
                editing={editing}
              />
            );
          const change = (text: string) => editing.set(at, scalar(item, text));
          // oxlint-disable-next-line react/no-array-index-key -- the same
          return (
            <Entry
              key={i}
              name={`${name} ${i + 1}`}
              value={shown(one)}
              change={change}
              drop={items.length === 1 ? null : () => editing.remove(at)}
            />
          );
        })}
      </div>
      <Add word="one more" add={() => editing.set([...path, items.length], seed(item))} />
    </Group>
  );
}
