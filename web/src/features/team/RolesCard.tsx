import { Card } from "../../ui/Page";
import { Facts, type Fact } from "../../ui/Facts";
import { Problem, Rows } from "../../ui/States";
import { useRoles } from "./queries";
import { roleName } from "./words";

/** What each role is for. */
export function RolesCard() {
  const roles = useRoles();
  const facts = roles.data?.data.map(({ id, attributes }): Fact => [roleName(id), attributes.description]);
  if (roles.error && !facts) return <Problem error={roles.error} retry={roles.refetch} />;
  return <Card title="Roles">{facts ? <Facts facts={facts} /> : <Rows rows={4} />}</Card>;
}
