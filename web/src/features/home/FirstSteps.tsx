import { Anchor, Button, Group, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { Link } from "react-router";
import { CopyBlock } from "../../ui/Copy";
import { Offered } from "../../ui/Offered";
import { Card } from "../../ui/Page";
import classes from "./FirstSteps.module.css";
import { useDismiss, useFirstSteps } from "./queries";
import { STEPS, type FirstStepsOf } from "./steps";

/** What to do next in an account that is new; gone once all is done, or somebody has seen enough of it. */
export function FirstSteps() {
  const of = useFirstSteps().data?.data.attributes;
  const dismiss = useDismiss();
  if (!of || of.dismissed || of.complete) return null;
  const done = of.steps.filter((step) => step.done).length;
  const next = of.steps.find((step) => !step.done)?.id;
  const hide = (
    <Button variant="subtle" color="gray" size="compact-sm" loading={dismiss.isPending} onClick={() => dismiss.mutate()}>
      Hide
    </Button>
  );
  return (
    <Card title={`First steps: ${done} of ${of.steps.length} done`} aside={hide}>
      <Stack gap="md" component="ol" className={classes.steps}>
        {of.steps.map((step) => (
          <Step key={step.id} of={step} isNext={step.id === next} />
        ))}
      </Stack>
      {dismiss.error && (
        <Text size="sm" c="red" role="alert" mt="sm">
          {dismiss.error.message}
        </Text>
      )}
    </Card>
  );
}

function Step({ of, isNext }: { of: FirstStepsOf["steps"][number]; isNext: boolean }) {
  const { title, about, command, link, by } = STEPS[of.id];
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <ThemeIcon size={22} radius="xl" variant={of.done ? "filled" : "default"} role="img" aria-label={of.done ? "Done" : "To do"}>
        {of.done && <IconCheck size={14} />}
      </ThemeIcon>
      <div className={classes.words}>
        <Text size="sm" fw={isNext ? 650 : 500} {...(of.done && { c: "dimmed" })}>
          {title}
        </Text>
        {!of.done && (
          <Text size="sm" c="dimmed">
            {about}
          </Text>
        )}
        {!of.done && link && (
          <Offered by={by}>
            <Anchor component={Link} to={link[0]} size="sm">
              {link[1]}
            </Anchor>
          </Offered>
        )}
        {isNext && command && <CopyBlock label="Copy the command" text={command} />}
      </div>
    </Group>
  );
}
