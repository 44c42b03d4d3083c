# A stand-in for the extension `bastion` of the real az: the command and the options of
# https://learn.microsoft.com/cli/azure/network/bastion#az-network-bastion-tunnel, with a server of the test behind it. Like
# the real one it says that it is ready in az's own warnings, and stays until it is ended.
import socket
import threading

from azure.cli.core import AzCommandsLoader
from azure.cli.core.commands import CliCommandType
from knack.log import get_logger

TARGET = ('127.0.0.1', int('@PORT@'))


class Loader(AzCommandsLoader):
    def load_command_table(self, args):
        with self.command_group('network bastion', CliCommandType(operations_tmpl='azext_bastion#{}')) as group:
            group.command('tunnel', 'tunnel')
        return self.command_table

    def load_arguments(self, command):
        with self.argument_context('network bastion tunnel') as context:
            context.argument('bastion_host_name', options_list=['--name', '-n'])
            context.argument('resource_port', options_list=['--resource-port'])
            context.argument('target_resource_id', options_list=['--target-resource-id'])
            context.argument('target_ip_address', options_list=['--target-ip-address'])
            context.argument('port', options_list=['--port'])
            context.argument('timeout', options_list=['--timeout'])


def tunnel(
    cmd,
    resource_group_name,
    bastion_host_name,
    resource_port,
    port,
    target_resource_id=None,
    target_ip_address=None,
    timeout=None,
):
    from azure.cli.core.commands.client_factory import get_subscription_id

    listener = socket.create_server(('localhost', int(port)))
    logger = get_logger(__name__)
    logger.warning('Opening tunnel on port: %s', port)
    logger.warning('In %s of %s to %s', resource_group_name, get_subscription_id(cmd.cli_ctx), target_resource_id)
    logger.warning('Tunnel is ready, connect on port %s', port)
    while True:
        client, machine = listener.accept()[0], socket.create_connection(TARGET)
        threading.Thread(target=carry, args=(client, machine), daemon=True).start()
        threading.Thread(target=carry, args=(machine, client), daemon=True).start()


def carry(source, target):
    while data := source.recv(16384):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


COMMAND_LOADER_CLS = Loader
