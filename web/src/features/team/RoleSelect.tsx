import { NativeSelect, type NativeSelectProps } from "@mantine/core";
import { useRoles } from "./queries";
import { roleName } from "./words";

interface RoleSelectProps extends Omit<NativeSelectProps, "data" | "onChange"> {
  value: string;
  onChange: (role: string) => void;
}

/** The roles that you may give; the one that is chosen, whether or not you may. */
export function RoleSelect({ value, onChange, ...rest }: RoleSelectProps) {
  const roles = useRoles();
  const offered = roles.data?.data.filter(({ id, attributes }) => attributes.may_give || id === value) ?? [];
  const about = roles.data?.data.find(({ id }) => id === value)?.attributes.description;
  const data = offered.map(({ id }) => ({ value: id, label: roleName(id) }));
  return (
    <NativeSelect
      {...rest}
      {...(rest.label ? { description: about } : {})}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={data.length > 0 ? data : [{ value, label: roleName(value) }]}
    />
  );
}
