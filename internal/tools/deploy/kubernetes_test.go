package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// cluster is what the manifests create.
type cluster struct {
	config     core.ConfigMap
	secret     core.Secret
	deployment apps.Deployment
	service    core.Service
	budget     policy.PodDisruptionBudget
	network    networking.NetworkPolicy
}

// manifests parses the manifests. An unknown or duplicate field is an error.
func manifests(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{}
	kinds := map[string]any{
		"v1 ConfigMap": &c.config, "v1 Secret": &c.secret, "apps/v1 Deployment": &c.deployment, "v1 Service": &c.service,
		"policy/v1 PodDisruptionBudget": &c.budget, "networking.k8s.io/v1 NetworkPolicy": &c.network,
	}
	for _, name := range []string{"gateway.yaml", "secret.yaml.example"} {
		text, err := os.ReadFile(filepath.Join(root, "deploy", "kubernetes", name))
		require.NoError(t, err)
		for _, document := range strings.Split(string(text), "\n---\n") {
			var kind meta.TypeMeta
			require.NoError(t, yaml.Unmarshal([]byte(document), &kind))
			object := kinds[kind.APIVersion+" "+kind.Kind]
			require.NotNil(t, object, kind)
			require.NoError(t, yaml.UnmarshalStrict([]byte(document), object))
			delete(kinds, kind.APIVersion+" "+kind.Kind)
		}
	}
	require.Empty(t, kinds, "not in the manifests")
	return c
}

// variable matches a secret in the gateway's configuration.
var variable = regexp.MustCompile(`\$\{(\w+)\}`)

func TestKubernetes(t *testing.T) {
	c := manifests(t)
	pod := c.deployment.Spec.Template
	for _, selector := range []*meta.LabelSelector{c.deployment.Spec.Selector, c.budget.Spec.Selector, &c.network.Spec.PodSelector, {MatchLabels: c.service.Spec.Selector}} {
		require.Equal(t, pod.Labels, selector.MatchLabels)
	}
	require.Greater(t, int(*c.deployment.Spec.Replicas), c.budget.Spec.MinAvailable.IntValue(), "a node can be drained")

	require.Len(t, pod.Spec.Containers, 1)
	gateway := pod.Spec.Containers[0]
	require.Equal(t, c.config.Name, pod.Spec.Volumes[0].ConfigMap.Name)
	require.Equal(t, pod.Spec.Volumes[0].Name, gateway.VolumeMounts[0].Name)
	require.Equal(t, []string{"-config", gateway.VolumeMounts[0].MountPath + "/gateway.yaml", "-drain", "10s"}, gateway.Args)
	require.Equal(t, c.secret.Name, gateway.EnvFrom[0].SecretRef.Name)
	for _, name := range variable.FindAllStringSubmatch(c.config.Data["gateway.yaml"], -1) {
		require.NotEmpty(t, c.secret.StringData[name[1]], "the example of the secret lacks %s", name[1])
	}
	require.Greater(t, time.Duration(*pod.Spec.TerminationGracePeriodSeconds)*time.Second, 10*time.Second+30*time.Second, "drain, then the running requests")

	ports := map[string]int32{}
	for _, port := range gateway.Ports {
		ports[port.Name] = port.ContainerPort
	}
	require.Equal(t, map[string]int32{"http": 8080, "admin": 9090}, ports)
	require.Equal(t, "http", c.service.Spec.Ports[0].TargetPort.StrVal)
	for _, rule := range c.network.Spec.Ingress {
		require.Contains(t, ports, rule.Ports[0].Port.StrVal)
	}
	for path, probe := range map[string]*core.Probe{"/readyz": gateway.ReadinessProbe, "/healthz": gateway.LivenessProbe} {
		require.Equal(t, path, probe.HTTPGet.Path)
		require.Equal(t, "admin", probe.HTTPGet.Port.StrVal)
		require.Greater(t, probe.TimeoutSeconds, int32(2), "/readyz waits up to 2 s")
	}

	require.True(t, *pod.Spec.SecurityContext.RunAsNonRoot)
	require.Equal(t, core.SeccompProfileTypeRuntimeDefault, pod.Spec.SecurityContext.SeccompProfile.Type)
	require.True(t, *gateway.SecurityContext.ReadOnlyRootFilesystem)
	require.False(t, *gateway.SecurityContext.AllowPrivilegeEscalation)
	require.Equal(t, []core.Capability{"ALL"}, gateway.SecurityContext.Capabilities.Drop)
	require.False(t, *pod.Spec.AutomountServiceAccountToken)
	require.False(t, gateway.Resources.Requests.Memory().IsZero())
	require.False(t, gateway.Resources.Limits.Memory().IsZero())
	require.Regexp(t, `:v\d`, gateway.Image)
}
