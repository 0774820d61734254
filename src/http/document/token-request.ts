/**
 * A shell script that gets an access token with private_key_jwt (RFC 7523), for the document and the caller's page. It
 * prints the token on standard output, and on standard error how long it is valid. If the server refuses, it prints the
 * server's answer on standard error and no token. A test runs it against an authorisation server. It needs openssl and
 * curl 7.76 or later. Neither the assertion nor the token becomes an argument of a program.
 */
export const tokenRequest = `base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
head=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url)
body=$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%d,"exp":%d}' \\
  "$CLIENT_ID" "$CLIENT_ID" "$ISSUER" "$(openssl rand -hex 16)" "$now" $((now + 300)) | base64url)
signature=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$KEY_FILE" | base64url)
if answer=$(printf '%s' "$head.$body.$signature" | curl -sS --fail-with-body "$TOKEN_URL" \\
  --data-urlencode client_assertion@- \\
  --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\
  --data-urlencode grant_type=client_credentials \\
  --data-urlencode scope=led_eligibility)
then
  printf '%s\\n' "$answer" | sed -nE 's/.*"access_token" *: *"([^"]+)".*/\\1/p'
  printf '%s\\n' "$answer" | sed -nE 's/.*"expires_in" *: *([0-9]+).*/The token is valid for \\1 s/p' >&2
else
  printf '%s\\n' "$answer" >&2
  false
fi
`;
