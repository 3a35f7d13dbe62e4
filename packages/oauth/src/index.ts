export { type BearerChallenge, bearerChallenge } from "./challenge/bearer-challenge.js";
export { type AuthChallenge, parseChallenges } from "./challenge/parse-challenges.js";
export type { ClientAuthentication, CredentialKey, OAuthCredential } from "./credential.js";
export {
  type AuthorizationDiscovery,
  type DiscoveryOptions,
  discoverAuthorization,
} from "./discovery/discover-authorization.js";
export { type ProbeOptions, probeChallenge } from "./discovery/probe-challenge.js";
export { type AuthorizationServer, isSameIssuer } from "./discovery/server-metadata.js";
export {
  type BearerValidator,
  type BearerValidatorOptions,
  createBearerValidator,
} from "./inbound/bearer-validator.js";
export type { AcceptedBearer, BearerVerdict } from "./inbound/bearer-verdict.js";
export type { IntrospectionOptions } from "./inbound/introspection.js";
export {
  type ProtectedResource,
  type ProtectedResourceMetadata,
  protectedResourceMetadata,
} from "./inbound/protected-resource.js";
export {
  type BearerRefusal,
  bearerOf,
  type RefusalOptions,
  refusalOfBearer,
} from "./inbound/refusal-of-bearer.js";
export {
  createHelperKeyring,
  type HelperKeyringOptions,
  type HelperLimits,
  type HelperRun,
  type RunHelper,
} from "./keyring/helper-keyring.js";
export type { Keyring, KeyringAnswer, KeyringUnavailable } from "./keyring/keyring.js";
export { keyringHelperProgram } from "./keyring/keyring-helper-program.js";
export { type FileLockOptions, withFileLock } from "./lock/file-lock.js";
export type { ProcessJudge, ProcessState } from "./lock/process-judge.js";
export type { CallbackWishes } from "./login/callback-address.js";
export type { ConfiguredClient } from "./login/choose-client.js";
export { type ChosenScopes, chooseScopes, type ScopeWishes } from "./login/choose-scopes.js";
export { login } from "./login/login.js";
export { type LoginOptions, type LoginTarget, loginTimeLimitMs } from "./login/login-options.js";
export type { LoginPlace, LoginUi } from "./login/login-ui.js";
export { type RevocationOptions, revokeLogin } from "./logout/revoke-login.js";
export {
  loginAsMachine,
  type MachineClient,
  type MachineLoginOptions,
} from "./machine-login/login-as-machine.js";
export type { SigningKeyOptions } from "./machine-login/signing-key.js";
export {
  type AuthReport,
  type AuthStatus,
  type AuthStatusOptions,
  authStatus,
  isUsable,
} from "./status/auth-status.js";
export type { NamespacedStore } from "./store/namespaced-store.js";
export {
  type CredentialStoreOptions,
  type CredentialStoreSetting,
  credentialStoreSettings,
  openCredentialStore,
} from "./store/open-credential-store.js";
export type { CredentialStore, StoreAnswer } from "./store-port.js";
export { scopeOption } from "./tokens/scope-option.js";
export type { StepUp } from "./tokens/step-up.js";
export {
  type BearerToken,
  createTokenSource,
  type TokenChange,
  type TokenSource,
  type TokenSourceOptions,
} from "./tokens/token-source.js";
