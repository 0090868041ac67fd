package local

// Environ is what a program needs in its environment to use the DynamoDB Local
// at endpoint through the AWS SDK.
func Environ(endpoint string) []string {
	return []string{
		endpointVariable + "=" + endpoint,
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + SecretAccessKey,
	}
}
