package deploy

import (
	"regexp"
	"strings"
)

// secretRules: a secret is named, never written.
var secretRules = []rule{
	{"secrets", ruleSecrets, []broken{
		{"in the template", set("Resources.LoginFunction.Properties.Environment.Variables", `MAC_KEYS: c2VjcmV0`), "LoginFunction: MAC_KEYS"},
		{"settings that whoever looks at a function reads", remove("Resources.LoginFunction.Properties.KmsKeyArn"), "LoginFunction: whoever may look at it reads MAC_KEYS"},
		{"a parameter", set("Resources.SendCodeFunction.Properties.Environment.Variables", `SMS_GATEWAY_KEY: !Ref SmsGatewaySecret`), "SendCodeFunction: SMS_GATEWAY_KEY"},
		{"a default that looks like one", set("Parameters.SmsGatewayUrl", `Default: kX3v9QmT5rZpL0sBf7WcYh2NnJ8uEgAd`), "SmsGatewayUrl"},
		{"somebody's access key", set("", `Description: AKIAQ3EGRXNTJY5ZKLMB`), "AKIA"},
		{"a password as a parameter", set("Parameters", `SmsGatewayPassword: {Type: String, Default: hunter2}`), "SmsGatewayPassword"},
	}},
}

// secretVariables are those that shared/config reads keys from.
var secretVariables = []string{"MAC_KEYS", "SMS_GATEWAY_KEY"}

var (
	fromSecret      = regexp.MustCompile(`^\{\{resolve:secretsmanager:\$\{\w+Secret\}:SecretString:\w+\}\}$`)
	secretParameter = regexp.MustCompile(`(?i)(secret|password|token|keys?)$`)
	looksSecret     = regexp.MustCompile(`(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|^[A-Za-z0-9+][A-Za-z0-9+/_-]{31,}={0,2}$`)
)

// ruleSecrets: a secret is named, never written, and not a parameter either, which
// anybody who may look at the stack can read.
func ruleSecrets(d deployed, complain complain) {
	d.functions(func(id string, _ effects) {
		for _, name := range secretVariables {
			if d.setting(id, "Environment", "Variables", name) != nil && show(d.setting(id, "KmsKeyArn")) != "SettingsKey.Arn" {
				complain("%s: whoever may look at it reads %s: want SettingsKey for its settings", id, name)
			}
			for _, v := range each(d.setting(id, "Environment", "Variables", name)) {
				if v != "" && !fromSecret.MatchString(show(at(v, "Fn::Sub"))) {
					complain("%s: %s does not come from the secrets' own place", id, name)
				}
			}
		}
	})
	for name, p := range object(d.template["Parameters"]) {
		if secretParameter.MatchString(name) && !strings.HasPrefix(show(at(p, "Default")), "chaoxi/") {
			complain("parameter %s holds a secret, and not the name of one", name)
		}
	}
	var walk func(where string, v any)
	walk = func(where string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				walk(where+"."+name, member)
			}
		case []any:
			for _, item := range v {
				walk(where, item)
			}
		case string:
			if looksSecret.MatchString(v) && strings.ContainsAny(v, "-23456789") { // words have none
				complain("%s looks like a secret: %s", where, v)
			}
		}
	}
	walk("template", d.template)
}
