import { TextInput } from "@mantine/core";

/** Of a second factor. */
export function CodeField({ value, onChange }: { value: string; onChange: (code: string) => void }) {
  return (
    <TextInput
      label="Code of your authenticator"
      description="Six digits, or one of your recovery codes."
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="one-time-code"
      data-autofocus
      autoFocus
      required
    />
  );
}
