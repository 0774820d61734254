/**
 * A shell script that gets an access token with private_key_jwt (RFC 7523), for the document and the caller's page. A
 * test runs it against an authorisation server. It needs openssl and curl.
 */
export const tokenRequest = `base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
head=$(printf '{"alg":"RS256","typ":"JWT"}' | base64url)
body=$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%d,"exp":%d}' \\
  "$CLIENT_ID" "$CLIENT_ID" "$ISSUER" "$(openssl rand -hex 16)" "$now" $((now + 300)) | base64url)
signature=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$KEY_FILE" | base64url)
curl -s --fail-with-body "$TOKEN_URL" \\
  --data-urlencode grant_type=client_credentials \\
  --data-urlencode client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer \\
  --data-urlencode "client_assertion=$head.$body.$signature" \\
  --data-urlencode scope=led_eligibility | sed -E 's/.*"access_token" *: *"([^"]+)".*/\\1/'
`;
