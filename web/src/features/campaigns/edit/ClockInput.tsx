import { TextInput } from "@mantine/core";
import { useState } from "react";

interface ClockInputProps {
  type: "datetime-local" | "date";
  label: string;
  description?: string;
  /** "2026-12-01T09:00" or "2026-12-01" */
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** While a year is typed, digit by digit, it stands for one of long ago. */
const WHOLE = /^2\d{3}-\d\d-\d\d(T\d\d:\d\d)?/;

/** A day, or a day and a time, as the browser asks for one; what is not whole yet is not told, and gone on leaving. */
export function ClockInput({ value, onChange, ...rest }: ClockInputProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const change = (text: string) => {
    setTyped(text);
    const whole = WHOLE.exec(text);
    if (whole) onChange(whole[0]);
  };
  return <TextInput {...rest} value={typed ?? value} onChange={({ currentTarget }) => change(currentTarget.value)} onBlur={() => setTyped(null)} />;
}
