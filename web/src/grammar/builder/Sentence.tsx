import { ActionIcon, Button, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { formOf, isFork, isMany, made, turned, valueAt, withAt, type Fork, type Many, type Piece } from "../pieces";
import classes from "./Builder.module.css";
import { FieldInput } from "./FieldInput";
import { FormSelect } from "./FormSelect";
import { SubjectProvider } from "./subject";

interface Of<Part> {
  of: Part;
  /** The object that the part lies in. */
  value: unknown;
  onChange: (value: unknown) => void;
}

/** One thing that can be said in several ways, with controls in its gaps. It lays itself into the sentence around it. */
export function ForkInput({ of, value, onChange }: Of<Fork>) {
  const form = formOf(of, value);
  const own = valueAt(value, of.at);
  return (
    <SubjectProvider of={own}>
      <FormSelect fork={of} form={form} onChange={(next) => onChange(turned(of, value, next))} />
      {form?.sentence.map((piece, place) => (
        <PieceInput key={place} of={piece} value={own} onChange={(next) => onChange(withAt(value, of.at, next))} />
      ))}
    </SubjectProvider>
  );
}

function PieceInput({ of, value, onChange }: Of<Piece>) {
  if (typeof of === "string") return <span className={classes.word}>{of}</span>;
  if (isFork(of)) return <ForkInput of={of} value={value} onChange={onChange} />;
  if (isMany(of)) return <ManyInput of={of} value={value} onChange={onChange} />;
  return <FieldInput field={of} value={valueAt(value, of.at)} onChange={(next) => onChange(withAt(value, of.at, next))} />;
}

function ManyInput({ of, value, onChange }: Of<Many>) {
  const held = valueAt(value, of.at);
  const items: unknown[] = Array.isArray(held) ? held : [];
  const set = (next: unknown[]) => onChange(withAt(value, of.at, next.length > 0 ? next : null));
  const first = of.item.forms[0];
  const add = first && items.length < of.most && (
    <Button
      variant="subtle"
      size="compact-sm"
      leftSection={<IconPlus size={14} />}
      onClick={() => set([...items, made(first)])}
      style={{ justifySelf: "start" }}
    >
      {of.add}
    </Button>
  );
  if (items.length === 0) return add;
  return (
    <div className={classes.many}>
      {items.map((item, place) => (
        <div key={place} className={classes.item}>
          <div className={classes.sentence}>
            <Text span size="sm" c="dimmed">
              {place === 0 ? of.lead : of.join}
            </Text>
            <ForkInput of={of.item} value={item} onChange={(next) => set(items.with(place, next))} />
          </div>
          {items.length > of.least && (
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={4}
              aria-label={`Remove this: ${place === 0 ? of.lead : of.join}`}
              onClick={() => set(items.toSpliced(place, 1))}
            >
              <IconX size={15} />
            </ActionIcon>
          )}
        </div>
      ))}
      {add}
    </div>
  );
}
