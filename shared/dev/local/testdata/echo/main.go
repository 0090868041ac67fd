// Command echo stands for every function in the tests of shared/dev/local: it uses
// the table and SNS the way functions do, from its environment alone.
//
// A request puts the person in its path and texts them; a stream record puts
// SEEN beside the person.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func main() {
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
	})
	db := dynamodb.New(dynamodb.Options{Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB")), Credentials: credentials})
	phone := sns.New(sns.Options{Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_SNS")), Credentials: credentials})
	put := func(ctx context.Context, pk, sk string) error {
		_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(os.Getenv("TABLE_NAME")), Item: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk}}})
		return err
	}

	lambda.Start(func(ctx context.Context, raw json.RawMessage) (any, error) {
		var changes events.DynamoDBEvent
		if err := json.Unmarshal(raw, &changes); err != nil {
			return nil, err
		}
		for _, r := range changes.Records {
			if err := put(ctx, r.Change.Keys["pk"].String(), "SEEN"); err != nil {
				return nil, err
			}
		}
		if len(changes.Records) > 0 {
			return nil, nil
		}

		var request events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(raw, &request); err != nil {
			return nil, err
		}
		if err := put(ctx, request.PathParameters["id"], "STAFF"); err != nil {
			return nil, err
		}
		if _, err := phone.Publish(ctx, &sns.PublishInput{PhoneNumber: aws.String("+8613700000003"), Message: &request.Body}); err != nil {
			return nil, err
		}
		environment := map[string]string{}
		for _, name := range []string{"CODE_LIFE", "LOCK_TRIES", "MAC_KEYS", "ADDRESS_HOURLY", "ADDRESS_FAILURES_HOURLY"} {
			environment[name] = os.Getenv(name)
		}
		body, err := json.Marshal(map[string]any{"environment": environment, "sourceIp": request.RequestContext.HTTP.SourceIP})
		return events.APIGatewayV2HTTPResponse{StatusCode: 201, Headers: map[string]string{"content-type": "application/json"}, Body: string(body)}, err
	})
}
