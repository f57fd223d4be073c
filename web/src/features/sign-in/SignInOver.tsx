import { Modal, Text } from "@mantine/core";
import { SignInForm } from "./SignInForm";

/** Over a page whose session ended: it stays as it is beneath, with everything that was written on it. */
export function SignInOver({ onSignedIn }: { onSignedIn: () => void }) {
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title="Your session ended" centered>
      <Text size="sm" c="dimmed" mb="md">
        Sign in to go on. What you wrote on this page is still here.
      </Text>
      <SignInForm onSignedIn={onSignedIn} />
    </Modal>
  );
}
