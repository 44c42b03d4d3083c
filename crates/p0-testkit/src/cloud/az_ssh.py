# A stand-in for the extension `ssh` of the real az: the command and the options of
# https://learn.microsoft.com/cli/azure/ssh#az-ssh-cert, with an authority of the test in the place of Entra ID. Without one
# it asks az for a token first, and fails as az does.
import os
import subprocess

from azure.cli.core import AzCommandsLoader
from azure.cli.core.commands import CliCommandType

AUTHORITY, USER = '@AUTHORITY@', '@USER@'


class Loader(AzCommandsLoader):
    def load_command_table(self, args):
        with self.command_group('ssh', CliCommandType(operations_tmpl='azext_ssh#{}')) as group:
            group.command('cert', 'cert')
        return self.command_table

    def load_arguments(self, command):
        with self.argument_context('ssh cert') as context:
            context.argument('cert_path', options_list=['--file', '-f'])
            context.argument('public_key_file', options_list=['--public-key-file', '-p'])
            context.argument('ssh_client_folder', options_list=['--ssh-client-folder'])


def cert(cmd, cert_path=None, public_key_file=None, ssh_client_folder=None):
    if not os.path.exists(AUTHORITY):
        from azure.cli.core._profile import Profile

        Profile(cli_ctx=cmd.cli_ctx).get_raw_token()
    copy = cert_path + '.key.pub'
    with open(public_key_file) as key, open(copy, 'w') as file:
        file.write(key.read())
    subprocess.check_call(['ssh-keygen', '-q', '-s', AUTHORITY, '-I', 'x', '-n', USER, '-V', '-5m:+1h', copy])
    os.rename(cert_path + '.key-cert.pub', cert_path)
    os.remove(copy)
    print('Generated SSH certificate', cert_path)


COMMAND_LOADER_CLS = Loader
