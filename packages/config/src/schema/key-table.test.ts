import { expect, test } from "vitest";
import { knownKeysAt, listConfigKeys } from "./key-table.js";

test("every key of this version is listed, with its default", () => {
  const lines = listConfigKeys().map(({ path, defaultValue }) =>
    defaultValue === undefined ? path : `${path} = ${JSON.stringify(defaultValue)}`,
  );
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "default_executor = "local"
    max_message_bytes = 67108864
    max_name = 48
    oauth_credentials_store = "auto"
    oauth_callback_port
    oauth_callback_url
    oauth_client_metadata_url
    gateway = {}
    gateway.http
    gateway.allowed_origins = []
    gateway.allowed_hosts = []
    gateway.tls
    gateway.tls.cert
    gateway.tls.key
    gateway.session_idle_sec
    gateway.max_sessions
    gateway.oauth
    gateway.oauth.issuer
    gateway.oauth.resource
    gateway.oauth.audiences = []
    gateway.oauth.scopes = []
    gateway.oauth.jwks_url
    gateway.oauth.introspection
    gateway.oauth.introspection.url
    gateway.oauth.introspection.client_id
    gateway.oauth.introspection.client_secret_env
    features = {}
    features.devbox = false
    features.catalogue = true
    features.fairlead = false
    features.resource_tools = false
    executors = {}
    executors.<name>.url
    executors.<name>.token_env
    executors.<name>.token_file
    executors.<name>.tls
    executors.<name>.tls.ca
    executors.<name>.tls.cert
    executors.<name>.tls.key
    executors.<name>.tls.server_name
    executors.<name>.path_map
    executors.<name>.path_map[].host
    executors.<name>.path_map[].executor
    executors.<name>.detach_ttl_sec
    mcp_servers = {}
    mcp_servers.<name>.command
    mcp_servers.<name>.args = []
    mcp_servers.<name>.cwd
    mcp_servers.<name>.env = {}
    mcp_servers.<name>.env_vars = []
    mcp_servers.<name>.env_vars[].name
    mcp_servers.<name>.env_vars[].source = "host"
    mcp_servers.<name>.shell_profile = false
    mcp_servers.<name>.url
    mcp_servers.<name>.bearer_token_env_var
    mcp_servers.<name>.bearer_token_env_var.name
    mcp_servers.<name>.bearer_token_env_var.source = "host"
    mcp_servers.<name>.http_headers = {}
    mcp_servers.<name>.env_http_headers = {}
    mcp_servers.<name>.env_http_headers.<name>.name
    mcp_servers.<name>.env_http_headers.<name>.source = "host"
    mcp_servers.<name>.headers_helper
    mcp_servers.<name>.oauth
    mcp_servers.<name>.oauth.client_id
    mcp_servers.<name>.oauth.client_secret_env
    mcp_servers.<name>.oauth.issuer
    mcp_servers.<name>.oauth.grant
    mcp_servers.<name>.oauth.private_key_env
    mcp_servers.<name>.oauth.private_key_file
    mcp_servers.<name>.oauth.algorithm
    mcp_servers.<name>.oauth.key_id
    mcp_servers.<name>.oauth.authorization_url
    mcp_servers.<name>.oauth.callback_port
    mcp_servers.<name>.oauth.callback_url
    mcp_servers.<name>.scopes
    mcp_servers.<name>.oauth_resource
    mcp_servers.<name>.proxy = "environment"
    mcp_servers.<name>.forward_headers = []
    mcp_servers.<name>.executor
    mcp_servers.<name>.enabled = true
    mcp_servers.<name>.required = false
    mcp_servers.<name>.startup_timeout_sec = 60
    mcp_servers.<name>.tool_timeout_sec = 300
    mcp_servers.<name>.enabled_tools
    mcp_servers.<name>.disabled_tools = []
    mcp_servers.<name>.protocol = "auto"
    mcp_servers.<name>.max_message_bytes
    mcp_servers.<name>.share
    mcp_servers.<name>.idle_timeout_sec
    mcp_servers.<name>.max_lifetime_sec
    mcp_servers.<name>.supports_parallel_tool_calls = true
    mcp_servers.<name>.default_approval = "approve"
    mcp_servers.<name>.tools = {}
    mcp_servers.<name>.tools.<name>.approval
    mcp_servers.<name>.tools.<name>.rename
    mcp_servers.<name>.tools.<name>.description
    mcp_servers.<name>.elicitations = "ask"
    connectors = {}
    connectors.<name>.url
    connectors.<name>.bearer_token_env_var
    connectors.<name>.bearer_token_env_var.name
    connectors.<name>.bearer_token_env_var.source = "host"
    connectors.<name>.http_headers = {}
    connectors.<name>.env_http_headers = {}
    connectors.<name>.env_http_headers.<name>.name
    connectors.<name>.env_http_headers.<name>.source = "host"
    connectors.<name>.headers_helper
    connectors.<name>.oauth
    connectors.<name>.oauth.client_id
    connectors.<name>.oauth.client_secret_env
    connectors.<name>.oauth.issuer
    connectors.<name>.oauth.grant
    connectors.<name>.oauth.private_key_env
    connectors.<name>.oauth.private_key_file
    connectors.<name>.oauth.algorithm
    connectors.<name>.oauth.key_id
    connectors.<name>.oauth.authorization_url
    connectors.<name>.oauth.callback_port
    connectors.<name>.oauth.callback_url
    connectors.<name>.scopes
    connectors.<name>.oauth_resource
    connectors.<name>.proxy = "environment"
    connectors.<name>.executor
    connectors.<name>.enabled = true
    connectors.<name>.startup_timeout_sec = 60
    connectors.<name>.tool_timeout_sec = 300
    connectors.<name>.enabled_tools
    connectors.<name>.disabled_tools = []
    connectors.<name>.protocol = "auto"
    connectors.<name>.max_message_bytes
    connectors.<name>.share
    connectors.<name>.idle_timeout_sec
    connectors.<name>.max_lifetime_sec
    connectors.<name>.supports_parallel_tool_calls = true
    connectors.<name>.default_approval = "approve"
    connectors.<name>.tools = {}
    connectors.<name>.tools.<name>.approval
    connectors.<name>.tools.<name>.rename
    connectors.<name>.tools.<name>.description
    connectors.<name>.elicitations = "ask"
    built_ins = {}
    built_ins.<name>.default_approval
    built_ins.<name>.tools = {}
    built_ins.<name>.tools.<name>.approval
    profiles = {}"
  `);
});

test("every key says what it is for", () => {
  expect(listConfigKeys().filter(({ description }) => !description.endsWith("."))).toEqual([]);
});

test("tells the keys that may stand at a place", () => {
  expect(knownKeysAt(["executors", "any", "tls"])).toEqual(["ca", "cert", "key", "server_name"]);
  expect(knownKeysAt(["mcp_servers", "any", "env_vars", 3])).toEqual(["name", "source"]);
  expect(knownKeysAt(["mcp_servers"])).toEqual([]);
});
