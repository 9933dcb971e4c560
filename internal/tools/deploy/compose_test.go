package deploy

import (
	"path/filepath"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// compose returns the compose file, parsed and checked by the library of Compose.
func compose(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, "deploy", "compose.yaml")})
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	return project
}

func TestCompose(t *testing.T) {
	project := compose(t)
	for name, service := range project.Services {
		if service.Build == nil {
			require.Regexp(t, pinned, service.Image, name)
		} else {
			require.FileExists(t, filepath.Join(service.Build.Context, service.Build.Dockerfile))
			require.True(t, service.ReadOnly, name)
			require.Equal(t, []string{"ALL"}, service.CapDrop, name)
		}
		for _, port := range service.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, name)
		}
	}
	gateway := project.Services["gateway"]
	require.Equal(t, 2, *gateway.Deploy.Replicas)
	require.Equal(t, types.HealthCheckTest{"CMD", "/wechat-gateway", "-health", "http://127.0.0.1:9090/readyz"}, gateway.HealthCheck.Test)
	require.Equal(t, uint32(8080), gateway.Ports[0].Target)
	require.Equal(t, "/etc/wechat-gateway/gateway.yaml", gateway.Configs[0].Target)
	require.FileExists(t, project.Configs[gateway.Configs[0].Source].File)
}
