import { Front } from "./Front";
import { SignInForm } from "./SignInForm";

/** In the place of any page, for whoever is not signed in. */
export function SignedOut() {
  return (
    <Front title="Sign in to Rapport">
      <SignInForm onSignedIn={() => location.reload()} />
    </Front>
  );
}
