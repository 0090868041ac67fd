// Package table is the one DynamoDB table: its keys, its items and the calls on it.
//
// keys.go builds every key. One file a noun holds the struct that is stored of it
// and the two conversions between that struct and the domain's type. client.go,
// read.go and write.go make the calls.
//
// The package has no method for a single access pattern: those of functions are in
// shared/dynamo, those of the operator in shared/dynamo/maintain. Nothing else can
// import it. Look first at keys.go, then at TxWrite in write.go.
package table
